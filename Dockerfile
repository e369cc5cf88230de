# SPDX-License-Identifier: MIT
# docker build -t txsim:0.1 .
# docker run --rm --network none -v "$PWD:/work" --user "$(id -u):$(id -g)" txsim:0.1 txsim run scenario.yaml
#
# Building fetches packages; a container needs no network. It runs as a user that owns nothing but its home, or as
# any other that is asked for: without a home that it may write, txsim keeps its cache among temporary files.
FROM python:3.13-slim AS wheel
WORKDIR /source
COPY pyproject.toml README.md ./
COPY txsim ./txsim
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim
COPY constraints.txt /tmp/constraints.txt
COPY --from=wheel /wheels /tmp/wheels
RUN pip install --no-cache-dir --compile --constraint /tmp/constraints.txt /tmp/wheels/*.whl \
    && rm -r /tmp/wheels /tmp/constraints.txt \
    && useradd --uid 10001 --create-home txsim
USER 10001
WORKDIR /work
# No entry point: clusters start `dask worker` in the same image.
CMD ["txsim", "--help"]
