#include "go_asm.h"
#include "textflag.h"
#include "amx_amd64.h"

// func amx2x2(t *amxCall)
TEXT ·amx2x2(SB), NOSPLIT, $0-8
	AMX(SECONDROWS, ZERO2x2, INIT2x2, DOTS2x2, STORE2x2, 128)

// func amx2x1(t *amxCall)
TEXT ·amx2x1(SB), NOSPLIT, $0-8
	AMX(SECONDROWS, ZERO2x1, INIT2x1, DOTS2x1, STORE2x1, 128)

// func amx1x4(t *amxCall)
TEXT ·amx1x4(SB), NOSPLIT, $0-8
	AMX(SECONDPANEL, ZERO1x4, INIT1x4, DOTS1x4, STORE1x4, 256)

// func amx1x2(t *amxCall)
TEXT ·amx1x2(SB), NOSPLIT, $0-8
	AMX(SECONDROWS, ZERO1x2, INIT1x2, DOTS1x2, STORE1x2, 128)

// func amx1x1(t *amxCall)
TEXT ·amx1x1(SB), NOSPLIT, $0-8
	AMX(SECONDROWS, ZERO1x1, INIT1x1, DOTS1x1, STORE1x1, 128)
