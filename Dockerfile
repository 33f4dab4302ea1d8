# The server in one image. Dependencies are a layer of their own, so that a change of ours moves little.
FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages/api/package.json packages/api/
COPY packages/apns/package.json packages/apns/
COPY packages/decider/package.json packages/decider/
COPY packages/domain/package.json packages/domain/
COPY packages/engine/package.json packages/engine/
COPY packages/feed/package.json packages/feed/
COPY packages/handset/package.json packages/handset/
COPY packages/simulation/package.json packages/simulation/
COPY packages/store/package.json packages/store/
COPY apps/server/package.json apps/server/
# No scripts of strangers; no tools of ours; no PostgreSQL and no second Node: the image has a database of its own beside it.
RUN npm ci --ignore-scripts --omit=dev --omit=optional --no-audit --no-fund

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production \
    SIGHTSCREEN_HOME=/var/lib/sightscreen \
    SIGHTSCREEN_HOST=0.0.0.0 \
    PORT=4040 \
    LOG_FORMAT=json
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE NOTICE ./
COPY packages ./packages
COPY apps/server ./apps/server
RUN mkdir -p /var/lib/sightscreen && chown node:node /var/lib/sightscreen
USER node
VOLUME /var/lib/sightscreen
EXPOSE 4040
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "apps/server/src/main.ts"]
