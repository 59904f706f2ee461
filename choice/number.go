package choice

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// read turns v into a value of like's type. A text is read as a file has it.
func read(like, v any) (any, bool) {
	switch like.(type) {
	case int:
		return number(v, wholeNumber)
	case uint64:
		if n, ok := v.(int); ok && n >= 0 {
			return uint64(n), true
		}
		return number(v, wholeUnsigned)
	case float64:
		if n, ok := v.(int); ok {
			return float64(n), true
		}
		return number(v, decimal)
	case bool:
		return number(v, truth)
	case string:
		s, ok := v.(string)
		return s, ok
	case []int:
		return list(v, wholeNumber)
	case []float64:
		return list(v, decimal)
	case []string:
		return words(v)
	}
	return nil, false
}

// number is v, or what it says if it is a text.
func number[T any](v any, parse func(string) (T, bool)) (any, bool) {
	if text, ok := v.(string); ok {
		v, ok := parse(text)
		return v, ok
	}
	typed, ok := v.(T)
	return typed, ok
}

// list is the numbers of v; one number is a list of one.
func list[T any](v any, parse func(string) (T, bool)) (any, bool) {
	switch v := v.(type) {
	case T:
		return []T{v}, true
	case string:
		x, ok := parse(v)
		return []T{x}, ok
	case []T:
		return slices.Clone(v), true
	case []string:
		xs := make([]T, len(v))
		for i, text := range v {
			x, ok := parse(text)
			if !ok {
				return nil, false
			}
			xs[i] = x
		}
		return xs, true
	}
	return nil, false
}

// words is the texts of v; one text is a list of one.
func words(v any) (any, bool) {
	switch v := v.(type) {
	case string:
		return []string{v}, v != ""
	case []string:
		return slices.Clone(v), !slices.Contains(v, "")
	}
	return nil, false
}

// decimalForm is what a number looks like: sign, digits, fraction, exponent.
var decimalForm = regexp.MustCompile(`^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$`)

// decimal reads a finite number, rounded to the nearest float64.
func decimal(text string) (float64, bool) {
	m := decimalForm.FindStringSubmatch(text)
	if m == nil || m[2] == "" && m[3] == "" {
		return 0, false
	}
	x, err := strconv.ParseFloat(text, 64)
	return x, err == nil
}

// whole reads the digits of a whole number: 1000, 1e3 and 1000.0 have the same. It
// is exact, and refuses what has a fraction or more than 20 digits.
func whole(text string) (digits string, negative, ok bool) {
	m := decimalForm.FindStringSubmatch(text)
	if m == nil || m[2] == "" && m[3] == "" {
		return "", false, false
	}
	exponent := 0
	if m[4] != "" {
		var err error
		if exponent, err = strconv.Atoi(m[4]); err != nil {
			return "", false, false
		}
	}
	fraction := strings.TrimRight(m[3], "0")
	digits = strings.TrimLeft(m[2]+fraction, "0")
	exponent -= len(fraction)
	for exponent < 0 && strings.HasSuffix(digits, "0") {
		digits, exponent = digits[:len(digits)-1], exponent+1
	}
	switch {
	case digits == "":
		return "0", false, true
	case exponent < 0 || exponent > 20 || len(digits)+exponent > 20:
		return "", false, false
	}
	return digits + strings.Repeat("0", exponent), m[1] == "-", true
}

func wholeNumber(text string) (int, bool) {
	digits, negative, ok := whole(text)
	n, err := strconv.Atoi(digits)
	if negative {
		n = -n
	}
	return n, ok && err == nil
}

func wholeUnsigned(text string) (uint64, bool) {
	digits, negative, ok := whole(text)
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, ok && err == nil && !negative
}

func truth(text string) (bool, bool) { return text == "true", text == "true" || text == "false" }

// notDecimal reports whether text is a number in another notation than ours: a Go
// or YAML program would read 0x10, 0b1, 0o7, 1_000, .inf or nan.
func notDecimal(text string) bool {
	text = strings.TrimLeft(text, "+-.")
	if x, err := strconv.ParseFloat(text, 64); err == nil && (math.IsNaN(x) || math.IsInf(x, 0)) {
		return true
	}
	if _, err := strconv.ParseInt(text, 0, 64); err == nil {
		return strings.ContainsAny(text, "_xXbBoO")
	}
	return false
}
