"""A telephone that speaks just enough SIP for a call: it registers, calls, is called, and says what came of it."""

import re
import secrets
import socket
import time


class Phone:
    """A phone with a number, at an address of its own; `proxy`: the proxy it speaks through."""

    def __init__(self, number, proxy=None, host="127.0.0.1"):
        self.number, self.proxy, self._tag = number, proxy, secrets.token_hex(4)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self.patience(20)
        self.address = self._socket.getsockname()
        self._over = set()  # calls whose last messages may still be repeated
        self._contact = f"Contact: <sip:{number}@{host}:{self.address[1]}>"

    def close(self):
        self._socket.close()

    def patience(self, seconds):
        self._socket.settimeout(seconds)

    # ── to call ──

    def register(self):
        me = f"sip:{self.number}@{self.proxy[0]}:{self.proxy[1]}"
        self._ask("REGISTER", me.replace(f"{self.number}@", ""), self._new(me))
        assert self._final("REGISTER")[0] == 200

    def call(self, number, talk=None, gives_up_after=None):
        """Call, and talk that long before hanging up (None: until the other does); give the code that came back."""
        target = f"sip:{number}@{self.proxy[0]}:{self.proxy[1]}"
        said = self._new(target)
        self._ask("INVITE", target, said)
        if gives_up_after:
            time.sleep(gives_up_after)
            self._ask("CANCEL", target, said)
        code, answer = self._final("INVITE")
        dialog = [*said[1:3], _headers(answer, "To")[0], *(f"Route:{one}" for one in _routes(answer)[::-1])]
        if code == 200:
            there = _contact_of(answer)
            self._ask("ACK", there, [self._via(), *dialog])
            self._end(there, dialog, talk)
        else:
            self._ask("ACK", target, [said[0], *dialog])
        self._over.add(said[2])
        return code

    # ── to be called ──

    def takes(self, ring, code=200, talk=None):
        """Ring, then answer or refuse by a code; None: ring until the caller gives up."""
        invite = self._request("INVITE")
        self._reply(180, invite)
        if code is None:
            self._reply(200, self._request("CANCEL"))
            code = 487
        time.sleep(ring)
        self._reply(code, invite)
        self._request("ACK")
        [call] = _headers(invite, "Call-ID")
        if code == 200:
            me, them = (_headers(invite, name)[0].partition(":")[2] for name in ("To", "From"))
            routes = [f"Route:{one}" for one in _routes(invite)]
            self._end(_contact_of(invite), [f"From:{me};tag={self._tag}", call, f"To:{them}", *routes], talk)
        self._over.add(call)

    # ── what both need ──

    def _new(self, target):
        me = f"From: <sip:{self.number}@{self.proxy[0]}:{self.proxy[1]}>;tag={secrets.token_hex(4)}"
        return [self._via(), me, f"Call-ID: {secrets.token_hex(8)}@phone", f"To: <{target}>"]

    def _via(self):
        host, port = self.address
        return f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{secrets.token_hex(6)}"

    def _end(self, there, dialog, talk):
        if talk is None:
            self._reply(200, self._request("BYE"))
            return
        time.sleep(talk)
        self._ask("BYE", there, [self._via(), *dialog])
        self._final("BYE")

    def _ask(self, method, target, headers):
        number = 2 if method == "BYE" else 1
        self._send(f"{method} {target} SIP/2.0", [*headers, f"CSeq: {number} {method}", self._contact])

    def _reply(self, code, request):
        via, route, them = (_headers(request, name) for name in ("Via", "Record-Route", "From"))
        me = _headers(request, "To")[0]
        me = me if ";tag=" in me else f"{me};tag={self._tag}"
        rest = [_headers(request, name)[0] for name in ("Call-ID", "CSeq")]
        self._send(f"SIP/2.0 {code} Words", [*via, *route, *them, me, *rest, self._contact])

    def _send(self, first, headers):
        said = "\r\n".join([first, *headers, "Max-Forwards: 70", "Content-Length: 0", "", ""])
        self._socket.sendto(said.encode(), self._last if first.startswith("SIP") else self.proxy)

    def _final(self, method):
        while True:
            said = self._hear()
            if said.startswith("SIP/2.0") and method in _headers(said, "CSeq")[0]:
                code = int(said.split()[1])
                if code >= 200:
                    return code, said

    def _request(self, method):
        while True:
            said = self._hear()
            if said.startswith(f"{method} "):
                return said

    def _hear(self):
        while True:
            said, self._last = self._socket.recvfrom(65_536)
            if _headers(said.decode(), "Call-ID")[0] not in self._over:
                return said.decode()


def _headers(message, name):
    return re.findall(rf"^({name}:.*?)\r?$", message, re.MULTILINE)


def _contact_of(message):
    return re.search(r"^Contact:.*<(.*)>", message, re.MULTILINE)[1]


def _routes(message):
    return [one.partition(":")[2] for one in _headers(message, "Record-Route")]
