package sample

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// MarshalJSON is s with the settings that its sampler takes, and no others.
func (s Spec) MarshalJSON() ([]byte, error) {
	takes := map[string]bool{}
	if e, ok := Samplers.Find(s.Sampler); ok {
		for _, p := range Samplers.Params(e) {
			takes[p.Name] = true
		}
	}
	var b bytes.Buffer
	v := reflect.ValueOf(s)
	for i := range v.NumField() {
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if name == "-" || slices.Contains(ownFields, name) && !takes[name] ||
			options == "omitempty" && v.Field(i).Len() == 0 {
			continue
		}
		text, err := json.Marshal(v.Field(i).Interface())
		if err != nil {
			return nil, err
		}
		b.WriteString(`,"` + name + `":`)
		b.Write(text)
	}
	text := b.Bytes()
	text[0] = '{'
	return append(text, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON has made; what is not in it is as by default.
func (s *Spec) UnmarshalJSON(text []byte) error {
	type plain Spec
	var p plain
	if err := json.Unmarshal(text, &p); err != nil {
		return err
	}
	*s = Spec(p)
	s.Fill(s.Choice())
	return nil
}
