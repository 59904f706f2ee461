//go:build linux && amd64

package trace

// identify executes CPUID.
func identify(leaf, sub uint32) [4]uint32

// enabled executes XGETBV: the state components that the system saves.
func enabled() uint64

// The state components of AMX in XCR0: TILECFG and TILEDATA.
const (
	tileConfig = 1 << 17
	tileData   = 1 << 18
	tileNumber = 18 // of the component whose use must be asked for
)

// amx is what CPUID says of Sapphire Rapids where this machine says less: AMX-BF16, AMX-TILE and
// AMX-INT8; where the state components lie (for TILECFG 64 bytes, for TILEDATA 8192); the palette of 8
// tiles of 16 rows of 64 bytes; and the largest factor of a product.
var amx = []Edit{
	{Leaf: 7, Register: EDX, Set: 1<<22 | 1<<24 | 1<<25},
	{Leaf: 0xd, Register: EAX, Set: tileConfig | tileData},
	{Leaf: 0xd, Sub: 17, Register: EAX, Clear: ^uint32(0), Set: 64},
	{Leaf: 0xd, Sub: 17, Register: EBX, Clear: ^uint32(0), Set: 2752},
	{Leaf: 0xd, Sub: 18, Register: EAX, Clear: ^uint32(0), Set: 8192},
	{Leaf: 0xd, Sub: 18, Register: EBX, Clear: ^uint32(0), Set: 2816},
	{Leaf: 0xd, Sub: 18, Register: ECX, Clear: ^uint32(0), Set: 6},
	{Leaf: 0x1d, Register: EAX, Clear: ^uint32(0), Set: 1},
	{Leaf: 0x1d, Sub: 1, Register: EAX, Clear: ^uint32(0), Set: 8192 | 1024<<16},
	{Leaf: 0x1d, Sub: 1, Register: EBX, Clear: ^uint32(0), Set: 64 | 8<<16},
	{Leaf: 0x1d, Sub: 1, Register: ECX, Clear: ^uint32(0), Set: 16},
	{Leaf: 0x1e, Register: EBX, Clear: ^uint32(0), Set: 16 | 64<<8},
}

// topLeaf is the last leaf that amx needs.
const topLeaf = 0x1e

// cpuid is what the traced program is told.
func (o *Options) cpuid(leaf, sub uint32) [4]uint32 {
	v := identify(leaf, sub)
	if top := identify(0, 0)[EAX]; leaf > top && leaf <= topLeaf {
		v = [4]uint32{} // AMD answers zeros there, Intel the last leaf
	}
	if leaf == 0 {
		v[EAX] = max(v[EAX], topLeaf)
	}
	for _, es := range [][]Edit{amx, o.CPUID} {
		for _, e := range es {
			if e.Leaf == leaf && e.Sub == sub {
				v[e.Register] = v[e.Register]&^e.Clear | e.Set
			}
		}
	}
	return v
}

// xcr0 is the state that the traced program is told the system saves.
func (o *Options) xcr0() uint64 { return (enabled() | tileConfig | tileData) &^ o.HideState }
