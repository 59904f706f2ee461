# The default binary: CPU, and NVIDIA GPUs through the driver found at run time.
#
#   docker build -t stillfield .
#   docker run --rm -v "$PWD/runs:/home/stillfield/runs" stillfield train
#   docker run --rm --gpus all -v "$PWD/runs:/home/stillfield/runs" stillfield train --device cuda
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags=-s -o /stillfield .

FROM debian:bookworm-slim
RUN useradd --create-home --uid 1000 stillfield
COPY --from=build /stillfield /usr/local/bin/stillfield
USER stillfield
WORKDIR /home/stillfield
ENTRYPOINT ["stillfield"]
CMD ["--help"]
