// Command features writes the features that `eval` would compare pictures by, for
// scripts/features-check.sh:
//
//	go run ./scripts/features FEATURES pictures.npy features.npy
//
// The pictures are [n, rows, columns, channels] of numbers 0 … 255. It prints how many pictures a
// second that took, the first of them left out.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/eval/features"
	"github.com/stillfield/stillfield/format/npy"
	"github.com/stillfield/stillfield/plan"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: features FEATURES pictures.npy features.npy")
		os.Exit(2)
	}
	if err := write(context.Background(), os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(ctx context.Context, text, from, to string) error {
	a, err := npy.ReadFile(from)
	if err != nil {
		return err
	}
	if len(a.Shape) != 4 {
		return fmt.Errorf("features: %s: got shape %v, want [n, rows, columns, channels]", from, a.Shape)
	}
	c, err := features.Parse(text)
	if err != nil {
		return err
	}
	points := datasets.Info{Name: filepath.Base(from), Image: true, Lo: 0, Hi: 255, Count: a.Shape[0],
		Shape: datasets.Shape{H: a.Shape[1], W: a.Shape[2], C: a.Shape[3]}}
	x, err := features.Open(ctx, c, features.On{Points: points,
		Device: func() (plan.Device, error) { return cpu.New(cpu.Options{}) }})
	if err != nil {
		return err
	}
	defer x.Close()
	n, size, dim := a.Shape[0], points.Shape.Len(), x.Info().Dim
	f := make([]float32, n*dim)
	if err := x.Extract(ctx, f[:dim], a.Data[:size]); err != nil {
		return err
	}
	begun := time.Now()
	if err := x.Extract(ctx, f[dim:], a.Data[size:]); err != nil {
		return err
	}
	fmt.Printf("%s: %.1f pictures a second; %s\n", c.Kind, float64(n-1)/time.Since(begun).Seconds(),
		x.Info().Resize)
	return npy.WriteFile(to, &npy.Array{Shape: []int{n, dim}, Data: f})
}
