package plan

import (
	"fmt"
	"strings"
)

// String prints the program: its ports, then for each step the operator, its
// operands, its result with the arena offset, FLOPs and least bytes.
func (p *Plan) String() string {
	var b strings.Builder
	ports := func(what string, ps []Port) {
		for _, q := range ps {
			fmt.Fprintf(&b, "%-6s %s\n", what, p.describe(q.Value))
		}
	}
	fmt.Fprintf(&b, "%v, %d steps, %s FLOP, %s\n",
		p.Precision, len(p.Steps), si(p.TotalFLOPs()), p.Footprint())
	ports("input", p.Inputs)
	ports("state", p.States)
	for s := range p.Steps {
		st := &p.Steps[s]
		fmt.Fprintf(&b, "%4d  %-40s %8s FLOP %10s  %s\n",
			s, p.stepLine(st), si(p.FLOPs(s)), bytes(p.Bytes(s)), st.Name)
		if st.Chain != nil {
			for _, in := range st.Chain.Code {
				fmt.Fprintf(&b, "        %v\n", in)
			}
		}
	}
	ports("output", p.Outputs)
	return b.String()
}

// Footprint is the size of the arena and the least traffic of a run, each beside what it would
// be if every value were float32: "arena 16.2 MiB (18.5 MiB in float32), least traffic …".
func (p *Plan) Footprint() string {
	wide := func(x float64) string {
		if p.Float32Arena == 0 {
			return ""
		}
		return fmt.Sprintf(" (%s in float32)", bytes(x))
	}
	return fmt.Sprintf("arena %s%s, least traffic %s%s", bytes(4*float64(p.Arena)),
		wide(4*float64(p.Float32Arena)), bytes(p.TotalBytes()), wide(p.Float32Bytes))
}

func (p *Plan) stepLine(st *Step) string {
	var in, out []string
	what := st.Op.String()
	if st.Bias {
		what += "+bias"
	}
	if st.Chain == nil {
		for _, v := range st.In {
			in = append(in, p.ref(v))
		}
		out = append(out, p.describe(st.Out))
		if st.Split {
			out = append(out, p.describe(st.Rest))
		}
	} else {
		what = fmt.Sprintf("chain(%d)", st.Chain.Len)
		if st.Epilogue != NoEpilogue {
			what = fmt.Sprintf("epilogue %v(%d)", st.Epilogue, st.Chain.Len)
		}
		for _, a := range st.Chain.Args {
			in = append(in, p.ref(a.Value)+a.View.String())
		}
		for _, a := range st.Chain.Outs {
			out = append(out, p.describe(a.Value)+a.View.String())
		}
	}
	return fmt.Sprintf("%s = %s(%s)", strings.Join(out, ", "), what, strings.Join(in, ", "))
}

func (p *Plan) ref(v int) string { return fmt.Sprintf("%%%d", v) }

// describe names a value, its shape, its storage type if that is not float32, and where
// it lies.
func (p *Plan) describe(v int) string {
	q := p.Values[v]
	at := ""
	switch q.Class {
	case Temporary:
		at = fmt.Sprintf(" @%d", q.Offset)
	case Alias:
		at = fmt.Sprintf(" @%%%d+%d", q.Base, q.Offset)
	case InputClass, StateClass:
		at = " " + q.Name
	}
	stored := ""
	if q.Storage != InFloat32 {
		stored = " " + q.Storage.String()
	}
	return fmt.Sprintf("%%%d %v%s%s", v, q.Shape, stored, at)
}

func si(x float64) string {
	for _, u := range []string{"", "k", "M", "G", "T"} {
		if x < 1000 {
			return fmt.Sprintf("%.3g%s", x, u)
		}
		x /= 1000
	}
	return fmt.Sprintf("%.3gP", x)
}

func bytes(x float64) string {
	for _, u := range []string{"B", "KiB", "MiB"} {
		if x < 1024 {
			return fmt.Sprintf("%.3g %s", x, u)
		}
		x /= 1024
	}
	return fmt.Sprintf("%.3g GiB", x)
}
