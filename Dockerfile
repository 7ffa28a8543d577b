# The service in one image:
#   docker build -t stet .
#   docker run --rm -v stet:/data stet token create --db /data/stet.db --scopes admin
#   docker run -d -v stet:/data -p 127.0.0.1:8650:8650 stet
# Inside a container the service listens on every address, so it refuses to start before a token exists. Replacing
# the token by --open is for a network that is closed otherwise; see README.md.

FROM debian:bookworm-slim AS web
WORKDIR /web
COPY web .
# Only these browser parts need npm; without a lock file there are none and nothing is installed.
RUN if [ -f package-lock.json ]; then \
      apt-get update \
      && apt-get install -y --no-install-recommends ca-certificates nodejs npm \
      && npm ci --ignore-scripts --no-audit --no-fund; \
    fi

FROM debian:bookworm-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      gcc g++ cmake ninja-build pkg-config \
      libcivetweb-dev libsqlite3-dev libcjson-dev libunwind-dev libctemplate-dev libarchive-dev libexpat1-dev \
      libzstd-dev zlib1g-dev libssl-dev libcurl4-openssl-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
COPY --from=web /web web
RUN cmake --preset release -DSTET_TESTS=OFF \
 && cmake --build --preset release --target stet \
 && strip --strip-debug build/release/stet

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      libcivetweb1 libsqlite3-0 libcjson1 libunwind8 libctemplate3 libarchive13 libexpat1 libzstd1 zlib1g \
      libssl3 libcurl4 ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 8650 --home-dir /data --shell /usr/sbin/nologin stet \
 && install -d -o stet -g stet /data
COPY --from=build /src/build/release/stet /usr/local/bin/stet
COPY LICENSE /usr/share/doc/stet/LICENSE
USER stet
WORKDIR /data
VOLUME /data
EXPOSE 8650
# The address that it listens on, since the service refuses a Host that it was not told about.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["stet", "healthcheck", "0.0.0.0:8650"]
ENTRYPOINT ["stet"]
CMD ["serve", "--listen", "0.0.0.0:8650", "--db", "/data/stet.db"]
