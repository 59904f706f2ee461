package comm

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// GatherBytes hands every rank what each rank has, of whatever length.
func GatherBytes(g *Group, mine []byte) ([][]byte, error) {
	lengths := make([]int64, g.Size())
	if err := AllGather(g, lengths, []int64{int64(len(mine))}); err != nil {
		return nil, err
	}
	most := int(slices.Max(lengths))
	padded, all := make([]byte, most), make([]byte, most*g.Size())
	copy(padded, mine)
	if err := AllGather(g, all, padded); err != nil {
		return nil, err
	}
	list := make([][]byte, g.Size())
	for r := range list {
		list[r] = all[r*most:][:lengths[r]]
	}
	return list, nil
}

// Agree is an error on every rank, the same one, unless all have the same value of what.
func Agree(g *Group, what, value string) error {
	all, err := GatherBytes(g, []byte(value))
	if err != nil {
		return err
	}
	var others []string
	for r, v := range all {
		if !bytes.Equal(v, all[0]) {
			others = append(others, fmt.Sprintf("rank %d %q", r, v))
		}
	}
	if others == nil {
		return nil
	}
	const most = 3
	if n := len(others); n > most {
		others = append(others[:most], fmt.Sprintf("%d more", n-most))
	}
	return fmt.Errorf("comm: %s: got %s, want that of rank 0 on every rank, %q",
		what, strings.Join(others, ", "), all[0])
}
