package kernels

// fma32 is x·y + z rounded once: on this architecture the compiler makes it one
// instruction, FMADDS, which the language permits and TestFMA asks for.
func fma32(x, y, z float32) float32 { return x*y + z }
