# Two stages: wheels are installed with their hashes, then copied into a bare runtime.
FROM python:3.11-slim AS build
WORKDIR /build
RUN python -m venv /opt/stoa
COPY requirements/runtime.txt requirements/
RUN /opt/stoa/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /srv/stoa --shell /usr/sbin/nologin stoa
WORKDIR /srv/stoa
COPY --from=build /opt/stoa /opt/stoa
COPY alembic.ini ./
COPY migrations migrations
COPY app app
COPY openapi openapi
# Nothing is written at run time, so each process would compile all of it each time it starts.
RUN /opt/stoa/bin/python -m compileall -q app migrations
ENV PATH=/opt/stoa/bin:$PATH \
    PYTHONPATH=/srv/stoa \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ENVIRONMENT=production
USER stoa
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
# The worker runs the same image with `python -m app.cli worker`, migrations with `… migrate`.
ENTRYPOINT ["python", "-m", "app.cli"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000", "--workers", "2"]
