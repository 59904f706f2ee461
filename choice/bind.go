package choice

import (
	"reflect"
	"strings"
)

// Gather reads a struct into a choice: each field under the name its yaml tag gives
// it, the field called key as the kind, and, where the struct has them, the rest from
// its Values tagged ",inline". A Choice, or a pointer to one, is itself.
func Gather(key string, from any) Choice {
	v := reflect.Indirect(reflect.ValueOf(from))
	if c, ok := v.Interface().(Choice); ok {
		return c.Clone()
	}
	c := Choice{Params: Values{}}
	each(v, func(name string, f reflect.Value) {
		switch {
		case name == key:
			c.Kind = f.String()
		case name != "":
			c.Params[name] = f.Interface()
		default:
			for k, x := range f.Interface().(Values) {
				c.Params[k] = x
			}
		}
	})
	return c
}

// Fill sets the fields of the struct that to points at, as [Gather] reads them. c is
// one that a table has resolved: that it has a value of the right type for every field
// is up to the program.
func (c Choice) Fill(key string, to any) {
	v := reflect.ValueOf(to).Elem()
	if whole, ok := to.(*Choice); ok {
		*whole = c.Clone()
		return
	}
	rest := c.Clone().Params
	var inline reflect.Value
	each(v, func(name string, f reflect.Value) {
		switch {
		case name == key:
			f.SetString(c.Kind)
		case name != "":
			f.Set(reflect.ValueOf(c.Params[name]))
			delete(rest, name)
		default:
			inline = f
		}
	})
	if inline.IsValid() {
		if len(rest) == 0 {
			rest = nil
		}
		inline.Set(reflect.ValueOf(rest))
	}
}

// each calls f with the tagged fields of a struct, "" for the inline one.
func each(v reflect.Value, f func(name string, field reflect.Value)) {
	for i := range v.NumField() {
		tag, tagged := v.Type().Field(i).Tag.Lookup("yaml")
		if name, _, _ := strings.Cut(tag, ","); tagged && name != "-" {
			f(name, v.Field(i))
		}
	}
}
