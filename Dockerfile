# Two stages: node builds the pages, python serves them. Nothing of node is in the image that runs.
#
#   docker build -t microscope .
#   docker run -p 127.0.0.1:8000:8000 -e MICROSCOPE_TOKEN="$(openssl rand -hex 16)" -v microscope:/data microscope

FROM node:20-slim AS pages
WORKDIR /source/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --ignore-scripts
COPY frontend ./
# Written to /source/backend/microscope/static.
RUN npm run build

FROM python:3.11-slim
# A build of torch without CUDA. For a GPU: --build-arg TORCH_INDEX=https://pypi.org/simple
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONUNBUFFERED=1
WORKDIR /source
COPY constraints.txt ./
# By itself and first: it is by far the largest layer, and it changes least.
RUN pip install --constraint constraints.txt --extra-index-url "$TORCH_INDEX" torch
COPY pyproject.toml setup.py README.md LICENSE ./
COPY backend ./backend
COPY sae_checkpoints ./sae_checkpoints
COPY --from=pages /source/backend/microscope/static ./backend/microscope/static
RUN pip install --constraint constraints.txt . && rm -rf /source

RUN useradd --create-home --uid 1000 microscope && mkdir /data && chown microscope /data
USER microscope
WORKDIR /data
# Conversations, traces and lenses, and what the hub's library downloads.
ENV MICROSCOPE_HOME=/data/microscope HF_HOME=/data/huggingface
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(r.Request('http://127.0.0.1:8000/api/health', headers={'Authorization': 'Bearer ' + os.environ.get('MICROSCOPE_TOKEN', '')}), timeout=4)"]
# Off loopback it refuses to start without MICROSCOPE_TOKEN.
CMD ["microscope", "ui", "--host", "0.0.0.0", "--port", "8000", "--no-browser"]
