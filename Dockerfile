# The server with its embedded Postgres, which keeps its data in the volume /data unless DATABASE_URL names another one.
# The image of Debian, because the embedded Postgres needs glibc.
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY src/patches src/patches
# Without the Node that npm installs: the image has the same one.
RUN npm ci --omit=dev \
  && rm -r node_modules/node-linux-* node_modules/.bin/node

FROM node:24.21.0-bookworm-slim
ENV HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY drizzle drizzle
COPY schema schema
COPY src src
RUN mkdir -p /data node_modules/.cache \
  && chown node:node /data node_modules/.cache
USER node
# Compiles the code once, for this user, so that starts are fast and need no place to write to.
RUN node src/run.js serve --help
VOLUME /data
EXPOSE 4000
# Not /readyz, which also asks the database: a server whose database is away still sends what it has in its cache.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10m \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 4000}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=8", "src/run.js"]
CMD ["serve"]
