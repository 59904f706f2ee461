package cmd

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"
)

// lines writes a message as one line, as compilers do:
//
//	warning: passed over: run: checkpoint: …
//	digits-eqm  data=digits device="cpu (2 workers)"
type lines struct{}

// Format puts the fields behind the message in alphabetical order, and what has
// spaces in quotes; numbers have five digits. Control characters appear as escapes.
func (lines) Format(e *logrus.Entry) ([]byte, error) {
	var b bytes.Buffer
	if e.Level <= logrus.WarnLevel {
		b.WriteString(e.Level.String() + ": ")
	}
	b.WriteString(visible(strings.ReplaceAll(e.Message, "\n", "; ")))
	sep := "  "
	for _, k := range slices.Sorted(maps.Keys(e.Data)) {
		v := fmt.Sprint(e.Data[k])
		if x, ok := e.Data[k].(float64); ok {
			v = fmt.Sprintf("%.5g", x)
		}
		if strings.ContainsAny(v, " \"") || strings.IndexFunc(v, unprintable) >= 0 {
			v = fmt.Sprintf("%q", v)
		}
		b.WriteString(sep + k + "=" + v)
		sep = " "
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}
