# Two forms of the program on NVIDIA's base image, for machines with and without a GPU:
#
#   stillfield       finds the driver at run time, and runs on the CPU where there is none
#   stillfield-gpu   the build tag gpu: linked with the driver through gorgonia.org/cu; starts only where there is a GPU
#
#   docker build -t stillfield .
#   docker run --rm -v "$PWD/runs:/home/stillfield/runs" stillfield train
#   docker run --rm --gpus all -v "$PWD/runs:/home/stillfield/runs" stillfield train --device cuda
#   docker run --rm --gpus all --entrypoint stillfield-gpu stillfield device
#   docker run --rm --gpus all --entrypoint gpu-check.sh stillfield /usr/local/bin/stillfield
FROM golang:1.26-bookworm AS go

FROM nvidia/cuda:12.6.3-devel-ubuntu22.04 AS build
COPY --from=go /usr/local/go /usr/local/go
ENV PATH=/usr/local/go/bin:$PATH
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags=-s -o /out/stillfield .
RUN CGO_ENABLED=1 C_INCLUDE_PATH=/usr/local/cuda/include LIBRARY_PATH=/usr/local/cuda/lib64/stubs \
    go build -tags gpu -trimpath -ldflags=-s -o /out/stillfield-gpu .

FROM nvidia/cuda:12.6.3-base-ubuntu22.04
RUN useradd --create-home --uid 1000 stillfield
COPY --from=build /out/stillfield /out/stillfield-gpu /usr/local/bin/
COPY --from=build /src/scripts/gpu-check.sh /src/scripts/peer-train.py /usr/local/bin/
USER stillfield
WORKDIR /home/stillfield
ENTRYPOINT ["stillfield"]
CMD ["--help"]
