# One image for all commands: `serve` unless words are given. docs/operate.md, In a container.
FROM debian:bookworm-slim

RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates python3-venv \
 && rm -rf /var/lib/apt/lists/*

RUN useradd --system --uid 808 --home-dir /var/lib/pbxtally pbxtally \
 && install --directory --owner=pbxtally --group=pbxtally --mode=700 /var/lib/pbxtally /backup

COPY run requirements.lock LICENSE /opt/pbxtally/
COPY docs /opt/pbxtally/docs
COPY src /opt/pbxtally/src
RUN /opt/pbxtally/run --version \
 && /opt/pbxtally/.venv/bin/python -m compileall -q /opt/pbxtally/src

USER pbxtally
WORKDIR /opt/pbxtally
ENV PBXTALLY_DATA=/var/lib/pbxtally PBXTALLY_HOST=0.0.0.0
VOLUME /var/lib/pbxtally /backup
EXPOSE 8080
HEALTHCHECK CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/readyz')"]

ENTRYPOINT ["./run"]
CMD ["serve"]
