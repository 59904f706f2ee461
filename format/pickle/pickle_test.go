package pickle

import (
	"encoding/base64"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// reader knows an ordered dictionary, an inert object and a sum.
var reader = Reader{
	Classes: map[Class]Call{
		"collections.OrderedDict": func(Tuple) (any, error) { return &Dict{}, nil },
		"argparse.Namespace":      func(Tuple) (any, error) { return Inert{}, nil },
	},
	Persistent: func(id any) (any, error) { return fmt.Sprintf("outside %v", id), nil },
}

// python is what pickle.dumps(…, protocol) of CPython 3.11 made of
//
//	OrderedDict(a=[1, -2, 300, 2**40, -2**40, True, None], b=(0.5, "☃"), c={"d": ()}, e=Namespace(lr=1e-4))
//
// whose items share the list: {"once": x, "twice": x}.
var python = map[int]string{
	2: "gAJ9cQAoWAQAAABvbmNlcQFjY29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcQIpUnEDKFgBAAAAYXEEXXEFKEsBSv7/" +
		"//9NLAGKBgAAAAAAAYoGAAAAAAD/iE5lWAEAAABicQZHP+AAAAAAAABYAwAAAOKYg3EHhnEIWAEAAABjcQl9cQpY" +
		"AQAAAGRxCylzWAEAAABlcQxjYXJncGFyc2UKTmFtZXNwYWNlCnENKYFxDn1xD1gCAAAAbHJxEEc/Gjbi6xxDLXNi" +
		"dVgFAAAAdHdpY2VxEWgDdS4=",
	4: "gASVsAAAAAAAAAB9lCiMBG9uY2WUjAtjb2xsZWN0aW9uc5SMC09yZGVyZWREaWN0lJOUKVKUKIwBYZRdlChLAUr+" +
		"////TSwBigYAAAAAAAGKBgAAAAAA/4hOZYwBYpRHP+AAAAAAAACMA+KYg5SGlIwBY5R9lIwBZJQpc4wBZZSMCGFy" +
		"Z3BhcnNllIwJTmFtZXNwYWNllJOUKYGUfZSMAmxylEc/Gjbi6xxDLXNidYwFdHdpY2WUaAV1Lg==",
}

func TestPython(t *testing.T) {
	list := &List{[]any{int64(1), int64(-2), int64(300), int64(1) << 40, -int64(1) << 40, true, nil}}
	x := &Dict{[]Item{{"a", list}, {"b", Tuple{.5, "☃"}},
		{"c", &Dict{[]Item{{"d", Tuple{}}}}}, {"e", Inert{}}}}
	want := &Dict{[]Item{{"once", x}, {"twice", x}}}
	for protocol, text := range python {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := reader.Read(b)
		if err != nil {
			t.Fatalf("protocol %d: %v", protocol, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("protocol %d: -want +got\n%s", protocol, diff)
		}
		if d := got.(*Dict); d.Items[0].Value != d.Items[1].Value {
			t.Errorf("protocol %d: what stood twice is not one dictionary", protocol)
		}
		for n := range b { // cut anywhere, it is an error
			if _, err := reader.Read(b[:n]); err == nil {
				t.Errorf("protocol %d: the first %d of %d bytes are read", protocol, n, len(b))
			}
		}
	}
	if len(python) != 2 {
		t.Errorf("%d pickles, want those of protocols 2 and 4", len(python))
	}
}

func TestHostile(t *testing.T) {
	for _, tt := range []struct{ name, pickle, want string }{
		{"system", "cos\nsystem\n(S'true'\ntR.", `class "os.system" is not one that is read`},
		{"stack global", "\x8c\x08builtins\x8c\x04eval\x93.", `class "builtins.eval"`},
		{"a text of 4 GB", "X\xff\xff\xff\xffabc", "want 4294967295 bytes more, have 3"},
		{"bytes of 2⁶³", "\x8e\x00\x00\x00\x00\x00\x00\x00\x80", "want 9223372036854775808 bytes more"},
		{"a frame of 2⁶⁴", "\x95\xff\xff\xff\xff\xff\xff\xff\xffN", "cut short"},
		{"a long of 2⁶⁴", "\x8a\x09123456789.", "a whole number of 9 bytes"},
		{"nothing below a mark", "N(0.", "the stack is empty"},
		{"no mark", "t.", "no mark"},
		{"kept nowhere", "h\x07.", "nothing is kept under 7"},
		{"a call of a number", "K\x01)R.", "a call of int64"},
		{"odd items", "}(K\x01u.", "1 keys and values"},
		{"items of a number", "K\x01K\x01a.", "items for int64"},
		{"state of a list", "]}b.", "takes no state"},
		{"not a text", "X\x01\x00\x00\x00\xff.", "not UTF-8"},
		{"an old instruction", "I1\n.", "instruction 0x49"},
		{"protocol 9", "\x80\x09.", "protocol 9"},
		{"no value", ".", "the stack is empty"},
		{"a list a byte", strings.Repeat("]", maxInstructions) + ".", "more than 2097152 instructions"},
		{"a memo a byte", "N" + strings.Repeat("\x94", maxInstructions), "more than 2097152 instructions"},
		{"nothing", "", "cut short"},
	} {
		if v, err := reader.Read([]byte(tt.pickle)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, %v, want an error with %q", tt.name, v, err, tt.want)
		}
	}
	if _, err := (Reader{}).Read([]byte("K\x01Q.")); err == nil {
		t.Error("an object outside the pickle is read by one who knows none")
	}
}

// A number is what Python wrote, at the ends of each width.
func TestNumbers(t *testing.T) {
	for pickle, want := range map[string]any{
		"K\xff.":                             int64(255),
		"M\xff\xff.":                         int64(65535),
		"J\xff\xff\xff\xff.":                 int64(-1),
		"J\x00\x00\x00\x80.":                 int64(math.MinInt32),
		"\x8a\x00.":                          int64(0),
		"\x8a\x02\xff\x00.":                  int64(255),
		"\x8a\x01\xff.":                      int64(-1),
		"G\x3f\xf0\x00\x00\x00\x00\x00\x00.": 1.,
		"K\x07Q.":                            "outside 7",
		"\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80.": int64(math.MinInt64),
	} {
		if got, err := reader.Read([]byte(pickle)); err != nil || got != want {
			t.Errorf("%q: got %v, %v, want %v", pickle, got, err, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for _, pickle := range []string{"C\x02\x00x.", "B\x02\x00\x00\x00\x00x.",
		"\x8e\x02\x00\x00\x00\x00\x00\x00\x00\x00x."} {
		got, err := reader.Read([]byte(pickle))
		if b, ok := got.([]byte); err != nil || !ok || string(b) != "\x00x" {
			t.Errorf("%q: got %v, %v, want two bytes", pickle, got, err)
		}
	}
}

// Whatever the bytes, reading ends, and what is made takes memory in proportion to them.
func FuzzRead(f *testing.F) {
	for _, text := range python {
		b, _ := base64.StdEncoding.DecodeString(text)
		f.Add(b)
	}
	f.Add([]byte("cos\nsystem\n(S'true'\ntR."))
	f.Add([]byte("](h\x00e."))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := reader.Read(b)
		if err != nil && v != nil {
			t.Errorf("got a value with the error %v", err)
		}
	})
}
