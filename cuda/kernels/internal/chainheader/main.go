// Command chainheader writes chain.cuh, what chain.cu and the Go that launches it
// must agree on. It runs in the directory of package kernels: go generate there.
package main

import (
	"fmt"
	"os"

	"github.com/stillfield/stillfield/cuda/kernels"
)

func main() {
	if err := os.WriteFile("chain.cuh", []byte(kernels.ChainHeader()), 0o666); err != nil {
		fmt.Fprintln(os.Stderr, "chainheader:", err)
		os.Exit(1)
	}
}
