"""Messages reach a gateway that really listens."""

import pytest

from gateway import listening
from pbxtally.sms import Gateway


def test_a_message_arrives_as_it_was_written_with_the_token():
    with listening() as gateway:
        Gateway(gateway.url, "secret").send("+4512345678", "Your code is 123456 – æøå")
    assert gateway.messages == [{"to": "+4512345678", "text": "Your code is 123456 – æøå"}]
    assert gateway.heads[0]["Authorization"] == "Bearer secret"
    assert gateway.heads[0]["Content-Type"] == "application/json"


def test_without_a_token_none_is_sent():
    with listening() as gateway:
        Gateway(gateway.url).send("+4512345678", "x")
    assert "Authorization" not in gateway.heads[0]


@pytest.mark.parametrize("answer", [302, 307, 400, 500])
def test_whatever_is_not_taken_is_an_error_and_goes_nowhere_else(answer):
    with listening(answer) as gateway, pytest.raises(OSError, match=str(answer)):
        Gateway(gateway.url, "secret").send("+4512345678", "x")
    assert len(gateway.heads) == 1


def test_a_gateway_that_does_not_speak_http_is_an_error():
    with listening(None) as gateway, pytest.raises(OSError, match="HTTP"):
        Gateway(gateway.url).send("+4512345678", "x")


def test_nobody_there_is_an_error():
    with listening() as gateway:
        url = gateway.url
    with pytest.raises(OSError, match="refused"):
        Gateway(url).send("+4512345678", "x")
