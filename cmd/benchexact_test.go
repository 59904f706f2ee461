package cmd

import (
	"strings"
	"testing"

	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/train"
)

// A step in leaves is measured beside the same without, whose temporaries are of the whole batch.
func TestPriceOfExact(t *testing.T) {
	inTemp(t)
	cfg, err := readConfig("tiny.yaml", "", []string{"reduce=exact", "leaves=4"})
	if err != nil {
		t.Fatal(err)
	}
	src, err := cfg.OpenData()
	if err != nil {
		t.Fatal(err)
	}
	dev, err := openDevice("cpu", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	e, err := experiment.New(cfg, src.Info().Shape)
	if err != nil {
		t.Fatal(err)
	}
	exact, err := train.NewTrial(t.Context(), e, src, dev)
	if err != nil {
		t.Fatal(err)
	}
	defer exact.Close()
	var out strings.Builder
	p, err := priceOfExact(t.Context(), &out, cfg, src, dev, exact, 3)
	if err != nil {
		t.Fatal(err)
	}
	if p.Leaves != 4 || p.Exact <= 0 || p.Fast <= 0 || p.Bytes == p.Least {
		t.Errorf("%+v, want times of both and temporaries that differ", p)
	}
	wants(t, "the line", out.String(), "reduce=exact: ", " ms a step in 4 leaves, ", " ms with reduce=fast: ")
}
