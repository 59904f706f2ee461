package choice

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drinks is a table with a parameter of each type.
var drinks = Table[string]{
	What: "drink", Key: "kind", Default: "tea",
	Common: []Param{{Name: "cups", Default: 1, About: "how many",
		In: Between(1, 12, "cups")}}, Entries: []Entry[string]{
		{Name: "tea", Aliases: []string{"chai"}, Example: "tea:milk=true", About: "leaves in hot water",
			Params: []Param{
				{Name: "milk", Default: false, About: "with milk"},
				{Name: "minutes", Default: 3., About: "how long it draws", In: Positive},
				{Name: "note", Default: "", About: "to the cook"},
			}},
		{Name: "coffee", Example: "coffee:grams=[7, 9],lot=3", About: "beans in hot water", Params: []Param{
			{Name: "grams", Default: []int{8}, About: "of each cup"},
			{Name: "sugar", Default: []float64{}, About: "in spoons"},
			{Name: "lot", Default: uint64(0), About: "number of the roast"},
			{Name: "roast", Default: "dark", About: "of the beans",
				In: Words("light", "dark")}}},
	},
}

func TestResolve(t *testing.T) {
	if err := drinks.Verify(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ text, want string }{
		{"tea", "tea:cups=1,milk=false,minutes=3,note=\"\""},
		{" chai : cups = 1e1 , minutes=.5", "tea:cups=10,milk=false,minutes=0.5,note=\"\""},
		{`tea:note="two, please",milk=true`, `tea:cups=1,milk=true,minutes=3,note="two, please"`},
		{"coffee:grams=[1, 2],lot=18446744073709551615", "coffee:cups=1,grams=[1, " +
			"2],lot=18446744073709551615,roast=dark,sugar=[]"},
		{"coffee:grams=[],sugar=[.5, 2e0]", "coffee:cups=1,grams=[],lot=0,roast=dark,sugar=[0.5, 2]"},
	} {
		c, err := Parse(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		_, full, faults := drinks.Resolve("drink", c, nil)
		if len(faults) > 0 || full.String() != tt.want {
			t.Errorf("%s: got %s with faults %v, want %s", tt.text, full, faults, tt.want)
		}
		back, err := Parse(full.String())
		if err != nil {
			t.Fatal(err)
		}
		if _, again, faults := drinks.Resolve("", back, nil); len(faults) > 0 || !cmp.Equal(full, again) {
			t.Errorf("%s is read back as %s: %v", full, again, faults)
		}
	}
}

func TestResolveFaults(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"cofee", []string{`drink.kind: got "cofee", want one of tea, coffee: coffee is the nearest`}},
		{"wine:cups=13", []string{`drink.kind: got "wine", want one of tea, coffee`,
			"drink.cups: got 13, want between 1 and 12 cups"}},
		{"tea:grams=[1]", []string{"drink.grams: got a list, want no grams: tea takes none, coffee does"}},
		{"tea:minuets=3", []string{"drink.minuets: got an unknown key, want one of cups, kind, milk, " +
			"minutes, note: " +
			"minutes is the nearest"}},
		{"tea:milk=yes,cups=1.5", []string{`drink.cups: got "1.5", want between 1 and 12 cups`,
			`drink.milk: got "yes", want true or false`}},
		{"coffee:roast=darc", []string{`drink.roast: got "darc", want light or dark`}},
		{"coffee:lot=-1", []string{`drink.lot: got "-1", want a whole number ≥ 0`}},
		{"coffee:lot=0x10", []string{`drink.lot: got "0x10", want a whole number ≥ 0, in decimal digits`}},
		{"coffee:sugar=[1, two]", []string{"drink.sugar: got a list, want a list of numbers, like [0.5, 2]"}},
		{"tea:minutes=.inf", []string{`drink.minutes: got ".inf", want a finite number > 0, in decimal ` +
			`digits`}},
	} {
		c, err := Parse(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		_, _, faults := drinks.Resolve("drink", c, nil)
		err = faults.Err()
		if err == nil {
			t.Errorf("%s: no fault", tt.text)
			continue
		}
		if diff := cmp.Diff(tt.want, strings.Split(err.Error(), "\n")); diff != "" {
			t.Error(diff)
		}
		var one *Fault
		if !errors.As(err, &one) || one != faults[0] {
			t.Errorf("%s: errors.As finds %v, want the first fault", tt.text, one)
		}
	}
}

// A fault is one line of bounded length, whatever key it is about.
func TestFaultOfAnyKey(t *testing.T) {
	for key, want := range map[string]string{
		"a.b": "a.b: got 1, want 2", "": "got 1, want 2", "a\nb\x1b": `"a\nb\x1b": got 1, want 2`,
		strings.Repeat("k", 1<<16): strings.Repeat("k", 120) + "…: got 1, want 2",
	} {
		if got := (&Fault{key, "1", "2"}).Error(); got != want {
			t.Errorf("%.20q: got %.200q, want %.200q", key, got, want)
		}
	}
}

// What is used where a value is not given: what the caller knows, then the default.
func TestResolveUsual(t *testing.T) {
	_, full, _ := drinks.Resolve("", Choice{Params: Values{"minutes": 5}}, Values{"minutes": 4., "cups": 2})
	if got, want := full.Params.Float("minutes"), 5.; got != want {
		t.Errorf("minutes %v, want %v", got, want)
	}
	if got, want := full.Params.Int("cups"), 2; got != want {
		t.Errorf("cups %v, want %v", got, want)
	}
}

func TestParseErrors(t *testing.T) {
	for _, text := range []string{"", ":", "a=1", "eqm:", "eqm:cut", "eqm:cut=", "eqm:=1", "eqm:cut=1,cut=2",
		"eqm:cut=1,,", "a,b", "a:b=[1", `a:b="x`, `a:b="x"y`, "a:b=c=d", "a:b=[1]2"} {
		if c, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", text, c)
		}
	}
}

// What parses prints as text that parses to the same choice.
func FuzzParse(f *testing.F) {
	for _, e := range drinks.Entries {
		f.Add(e.Example)
	}
	for _, s := range []string{" a : b = -1e3 ", `x:y="\u00e9,=",z=[1, 2]`, "x:y=0x1p-3", "x:y=[]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(c.String())
		if err != nil || again.String() != c.String() {
			t.Fatalf("%q became %v, then %v: %v", text, c, again, err)
		}
		_, _, faults := drinks.Resolve("", c, nil)
		if len(faults) > 0 && strings.Count(faults.Error(), "\n") != len(faults)-1 {
			t.Fatalf("%d faults on other than as many lines: %v", len(faults), faults)
		}
	})
}

// Whole numbers are exact in every notation of theirs, and decimal.
func TestWholeNumbers(t *testing.T) {
	for _, tt := range []struct {
		text string
		want int
		ok   bool
	}{
		{"0", 0, true}, {"-0", 0, true}, {"007", 7, true}, {"+5", 5, true}, {"1e3", 1000, true}, {"1.50e1",
			15, true},
		{"2000e-3", 2, true}, {"9223372036854775807", math.MaxInt, true}, {"9223372036854775.807e3",
			math.MaxInt, true},
		{"0e999999999999999999999", 0, false}, {"9223372036854775808", 0, false}, {"1e19", 0, false}, {"2.5",
			0, false},
		{"1e-1", 0, false}, {"", 0, false}, {".", 0, false}, {"-", 0, false}, {"e3", 0, false}, {"0x10", 0,
			false},
		{"0b1", 0, false}, {"0o7", 0, false}, {"1_000", 0, false}, {"1e400", 0, false}, {" 1", 0, false},
	} {
		if got, ok := wholeNumber(tt.text); ok != tt.ok || ok && got != tt.want {
			t.Errorf("%q: got %d, %t, want %d, %t", tt.text, got, ok, tt.want, tt.ok)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64().Draw(t, "n")
		if got, ok := wholeUnsigned(Format(n)); !ok || got != n {
			t.Fatalf("%d is read as %d, %t", n, got, ok)
		}
	})
}

func TestDecimalNumbers(t *testing.T) {
	for _, text := range []string{"", ".", "e3", "nan", ".nan", "NaN", "inf", "+Inf", ".inf",
		"0x1p3", "1_0", "1e400", "1,5"} {
		if x, ok := decimal(text); ok {
			t.Errorf("%q is read as %v, want it refused", text, x)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64().Draw(t, "x")
		if got, ok := decimal(Format(x)); ok != !math.IsInf(x, 0) || ok && got != x {
			t.Fatalf("%v is read as %v, %t", x, got, ok)
		}
	})
}

func TestNearest(t *testing.T) {
	names := []string{"batch", "batches", "steps", "lr", "n"}
	for text, want := range map[string]string{
		"batsh": "batch", "btach": "batch", "Batch": "batch", "stpes": "steps", "lrr": "lr", "l": "", "x": "",
		"epochs": "",
		"":       "", strings.Repeat("batch", 100): "",
	} {
		if got := Nearest(text, names); got != want {
			t.Errorf("%.20q: got %q, want %q", text, got, want)
		}
	}
}

// Entries may be added in any order, from any file, and come out in one.
func TestAdd(t *testing.T) {
	var table Table[int]
	for _, name := range []string{"nag", "euler", "gd", "ddim"} {
		table.Add(Entry[int]{Name: name})
	}
	if diff := cmp.Diff([]string{"ddim", "euler", "gd", "nag"}, table.Names()); diff != "" {
		t.Error(diff)
	}
	defer func() {
		if recover() == nil {
			t.Error("a second entry of a name was added")
		}
	}()
	table.Add(Entry[int]{Name: "gd"})
}

// A table that is wrong in itself is found out.
// A name in use for two entries is refused with both, and a table that gives it to one
// of them is wrong.
func TestAmbiguousNames(t *testing.T) {
	table := drinks.Section()
	a, b := table.Entries[0].Name, table.Entries[1].Name
	table.Ambiguous = map[string][]string{"it": {a, b}}
	_, _, faults := table.Resolve("", Choice{Kind: "it"}, nil)
	if want := a + " or " + b + ": both are called it"; len(faults) != 1 || faults[0].Want != want {
		t.Errorf("got %v, want %q", faults, want)
	}
	if err := table.Verify(); err != nil {
		t.Error(err)
	}
	for _, wrong := range []map[string][]string{{a: {a, b}}, {"it": {a, "none"}}} {
		if table.Ambiguous = wrong; table.Verify() == nil {
			t.Errorf("%v: want an error", wrong)
		}
	}
}

func TestVerifyFinds(t *testing.T) {
	good := func() Table[int] {
		return Table[int]{What: "thing", Key: "kind", Entries: []Entry[int]{{Name: "a", About: "one",
			Example: "a:p=2",
			Params:  []Param{{Name: "p", Default: 1, About: "a number", In: Between(1, 3, "")}}}}}
	}
	for name, spoil := range map[string]func(t *Table[int]){
		"alias taken":        func(t *Table[int]) { t.Entries[0].Aliases = []string{"a"} },
		"about":              func(t *Table[int]) { t.Entries[0].About = "" },
		"example":            func(t *Table[int]) { t.Entries[0].Example = "a:p=9" },
		"example of another": func(t *Table[int]) { t.Entries[0].Example = "b" },
		"default":            func(t *Table[int]) { t.Default = "b" },
		"type":               func(t *Table[int]) { t.Entries[0].Params[0].Default = float32(1) },
		"out of range":       func(t *Table[int]) { t.Entries[0].Params[0].Default = 4 },
		"range of a type":    func(t *Table[int]) { t.Entries[0].Params[0].In = Positive },
		"parameter name":     func(t *Table[int]) { t.Entries[0].Params[0].Name = "kind" },
	} {
		table := good()
		if err := table.Verify(); err != nil {
			t.Fatal(err)
		}
		if spoil(&table); table.Verify() == nil {
			t.Errorf("%s: nothing found", name)
		}
	}
}

// A struct is read and filled by its tags.
func TestGatherFill(t *testing.T) {
	type cup struct {
		Kind   string `yaml:"kind"`
		Cups   int    `yaml:"cups"`
		Params Values `yaml:",inline"`
		hidden int
	}
	_, full, _ := drinks.Resolve("", Choice{Kind: "tea", Params: Values{"cups": 3}}, nil)
	var c cup
	full.Fill("kind", &c)
	rest := Values{"milk": false, "minutes": 3., "note": ""}
	if c.Kind != "tea" || c.Cups != 3 || c.hidden != 0 || !cmp.Equal(c.Params, rest) {
		t.Errorf("filled %+v", c)
	}
	if back := Gather("kind", &c); !cmp.Equal(back, full) {
		t.Error(cmp.Diff(full, back))
	}
}
