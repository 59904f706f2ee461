package cmd

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/sample"
)

// companion is a run whose field is added to that of another, as --with says it: a path,
// and behind a colon the weight of its field.
type companion struct {
	text   string
	path   string
	weight float64
}

// companions reads what --with was given.
func companions(texts []string) (list []companion, err error) {
	for _, text := range texts {
		at := strings.LastIndex(text, ":")
		path, weight := text[:max(at, 0)], text[at+1:]
		w, errW := strconv.ParseFloat(weight, 64)
		if path == "" || errW != nil || !sample.Weights.Has(w) {
			return nil, &choice.Fault{Path: "with", Got: choice.Show(text),
				Want: "a run and the weight of its field, " + sample.Weights.Want + ", like runs/other:0.5"}
		}
		list = append(list, companion{text, path, w})
	}
	return list, nil
}

// together is the field that ck says to draw from and, where there are companions, the
// weighted sum of theirs and of what is left of 1 for its own. It says which checkpoints
// were added.
func (o *sampleFlags) together(ctx context.Context, ck *run.Checkpoint, part string) (
	f model.Trained, s sample.Spec, others []sample.Other, err error) {
	with, err := companions(o.with)
	if err != nil {
		return f, s, nil, err
	}
	f, s, err = ck.Drawn(ck.Weights.Part(part), ck.Config.Sample)
	if err != nil || len(with) == 0 {
		return f, s, nil, err
	}
	fields, weights := []model.Trained{f}, []float64{1}
	for i, c := range with {
		other, _, err := o.load(ctx, c.path, nil)
		if err != nil {
			return f, s, nil, err
		}
		if err := agrees(ck, other, c); err != nil {
			return f, s, nil, err
		}
		name := fmt.Sprintf("with%d", i)
		g, _, err := other.DrawnAs(name, other.Weights.Part(part), ck.Config.Sample)
		if err != nil {
			return f, s, nil, err
		}
		fields, weights = append(fields, g), append(weights, c.weight)
		weights[0] -= c.weight
		others = append(others, sample.Other{Checkpoint: other.Path, Step: other.Step, Sum: other.Sum(part),
			Weight: c.weight})
	}
	f, err = model.Sum(weights, fields...)
	return f, s, others, err
}

// agrees refuses a companion whose field has another meaning than that of ck.
func agrees(ck, other *run.Checkpoint, c companion) error {
	refuse := func(got, want any) error {
		return &choice.Fault{Path: "with", Got: choice.Show(c.text),
			Want: fmt.Sprintf("a run like %s, with %v; it has %v", visible(ck.Path), want, got)}
	}
	p, q := ck.Process, other.Process
	same := p.Schedule.A.Equal(q.Schedule.A) && p.Schedule.B.Equal(q.Schedule.B) &&
		p.Target.C.Equal(q.Target.C) && p.Target.D.Equal(q.Target.D)
	switch {
	case !slices.Equal(ck.Point(), other.Point()):
		const shape = "points of shape "
		return refuse(fmt.Sprint(shape, other.Point()), fmt.Sprint(shape, ck.Point()))
	case !same:
		return refuse(q.Schedule.Name+"/"+q.Target.Name, p.Schedule.Name+"/"+p.Target.Name+
			" and its parameters")
	case ck.Net.Told().Classes != other.Net.Told().Classes:
		return refuse(fmt.Sprint(other.Net.Told().Classes, " classes"),
			fmt.Sprint(ck.Net.Told().Classes, " classes"))
	}
	return nil
}

// withName tells draws with companions apart, in a part of a directory's name.
func withName(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	h := fnv.New32a()
	for _, text := range texts {
		fmt.Fprintf(h, "%s\n", text)
	}
	return fmt.Sprintf("-with%08x", h.Sum32())
}
