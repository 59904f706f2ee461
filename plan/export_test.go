package plan

import "context"

// Looks is how many nodes, groups and gaps Compile looks at in search of something.
func Looks(roots []Root) (int, error) {
	c := newCompiler(context.Background(), Float32)
	_, err := c.compile(roots)
	return c.looks, err
}
