//go:build linux && amd64

// Command run runs a program in Go as if this machine had AMX:
//
//	go build -o /tmp/stillfield . && go run ./internal/amxemu/run /tmp/stillfield bench --set precision=bf16
//
// On standard error it says what was executed and refused. Nothing that the program says of time is true.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"github.com/stillfield/stillfield/internal/amxemu/trace"
)

func main() {
	var o trace.Options
	flag.IntVar(&o.SignalEvery, "signal-every", 0, "send SIGURG after so many tile instructions of a thread")
	intel := flag.Bool("intel", false, "have the processor say that it is Intel's")
	refuse := flag.Bool("refuse", false, "refuse the use of tiles, with EPERM")
	flag.Usage = func() {
		fmt.Fprintf(os.Stderr, "usage: run [flags] program arguments…\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	if *intel {
		o.CPUID = trace.Vendor("GenuineIntel")
	}
	if *refuse {
		o.Refuse = syscall.EPERM
	}
	program := flag.Arg(0)
	if !strings.Contains(program, "/") {
		path, err := exec.LookPath(program)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		program = path
	}
	os.Exit(trace.Main(o, program, flag.Args()))
}
