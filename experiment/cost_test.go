package experiment

import (
	"strings"
	"testing"

	"github.com/stillfield/stillfield/configs"
	"github.com/stillfield/stillfield/datasets"
)

// Every experiment that comes with the program is sound without its data, and the second
// or a later line of its comment is what it costs.
func TestCosts(t *testing.T) {
	for _, name := range configs.Names() {
		text, err := configs.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Parse(name+".yaml", text, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		if c.Name != name {
			t.Errorf("%s.yaml has the name %s", name, c.Name)
		}
		c.Data = c.Data.Clone()
		if _, takes := c.Data.Params["path"]; takes {
			c.Data.Params["path"] = "nowhere"
		}
		info, err := c.DescribeData()
		if err == nil {
			err = c.CheckData(info)
		}
		if err != nil {
			t.Errorf("%s: without its data: %v", name, err)
			continue
		}
		e, err := New(c, info.Shape)
		if err != nil {
			t.Error(err)
			continue
		}
		cost, err := e.Cost(t.Context())
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if line := "\n# " + cost.String() + ".\n"; !strings.Contains(string(text), line) {
			t.Errorf("%s.yaml does not say%s", name, line)
		}
	}
}

// A training costs three evaluations for each image, and times are by the rates of Cost.
func TestCostString(t *testing.T) {
	for _, tt := range []struct {
		cost Cost
		want string
	}{
		{Cost{999, 999.6, .5 * H200}, "999 weights, 1 kFLOP an evaluation; training 247 TFLOP: " +
			"24 min on two cores, under 1 s on one H200"},
		{Cost{675_129_632, 1.186e11, 3600 * H200}, "675 M weights, 119 GFLOP an evaluation; " +
			"training 1.78 EFLOP: 121 days on two cores, 60 min on one H200"},
	} {
		if got := tt.cost.String(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
	e, err := New(parse(t), datasets.Shape{H: 1, W: 1, C: 6})
	if err != nil {
		t.Fatal(err)
	}
	cost, err := e.Cost(t.Context())
	if want := 3 * 20 * 8 * cost.Evaluation; err != nil || cost.Training != want || want == 0 ||
		cost.Weights != e.Params.Len {
		t.Errorf("%+v (%v), want %v", cost, err, want)
	}
}
