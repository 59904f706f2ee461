// Command stillfield trains and samples generative models with no clock.
package main

import (
	"os"

	"github.com/stillfield/stillfield/cmd"
)

func main() { os.Exit(cmd.Main(os.Args[1:])) }
