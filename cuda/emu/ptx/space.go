package ptx

// A Space is a state space: a kind of memory that a variable lies in or an address is of.
type Space uint8

// The state spaces. An address in Generic space may be of any of them.
const (
	Generic Space = iota
	Global
	Shared
	Local
	Constant
	Param
)

var spaceNames = [...]string{"generic", "global", "shared", "local", "const", "param"}

// String is the name of the space, without the dot.
func (s Space) String() string { return spaceNames[s] }
