package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// instructionTable is every instruction that kernels may use, by instruction set and number of operands.
// With AVX-512 most vector instructions take one operand more, a mask in a K register before the
// destination.
const instructionTable = `
any 0: RET VZEROUPPER
any 1: DECQ JLE JLT JMP JNE JNZ JZ NEGQ NOTQ PCALIGN PREFETCHT0
any 2: ADDQ ANDQ CMPQ IMULQ LEAQ MOVL MOVLQSX MOVQ SHLQ SHRQ SUBQ TESTQ XORQ
any 2: VBROADCASTSS VCVTDQ2PS VCVTPS2DQ VCVTPS2PD VMOVAPD VMOVAPS VMOVSD VMOVSHDUP VMOVSLDUP VMOVSS VMOVUPS
any 2: VPBROADCASTD VSQRTPS
any 3: BZHIL IMUL3Q
any 3: VADDPD VADDPS VADDSD VDIVPS VEXTRACTF128 VFMADD213PS VFMADD231PS VFMSUB213PS VFNMADD231PS
any 3: VMAXPS VMINPS VMULPS VPADDD VPERMILPD VPERMILPS VPMULUDQ VPSLLD VPSRLD VPSRLQ VPSUBD VSUBPS
any 3: VUNPCKHPD VUNPCKHPS VUNPCKLPD VUNPCKLPS VXORPS
any 4: VCMPPS
avx2 2: VMOVMSKPS
avx2 3: VANDPS VMASKMOVPS VORPS VPAND VPANDN VPCMPGTD VPOR VPSRAD VPXOR VROUNDPS
avx2 4: VBLENDPS VBLENDVPS VINSERTF128
avx512 2: KMOVW VCVTUDQ2PS VGETEXPPS VPMOVD2M
avx512 3: VEXTRACTF64X4 VGETMANTPS VPANDD VPORD VPTESTMD VPXORD VRNDSCALEPS VSCALEFPS
avx512 4: VBLENDMPS VINSERTF32X4 VPCMPUD VPTERNLOGD
`

// instruction says how an opcode is written.
type instruction struct {
	set      string // any, avx2 or avx512
	operands int
}

// instructions are the instructions of the table by name, without a suffix.
var instructions = readInstructions(instructionTable)

// readInstructions reads lines of the form "set operands: names".
func readInstructions(text string) map[string]instruction {
	all := map[string]instruction{}
	for line := range strings.Lines(strings.TrimSpace(text)) {
		form, names, _ := strings.Cut(line, ":")
		set, count, _ := strings.Cut(form, " ")
		operands, err := strconv.Atoi(count)
		if err != nil {
			panic("asmgen: a line of the table of instructions has no number of operands")
		}
		for _, name := range strings.Fields(names) {
			all[name] = instruction{set, operands}
		}
	}
	return all
}

// validate checks one instruction.
func (f *function) validate(name string, operands []string) {
	base, suffix, suffixed := strings.Cut(name, ".")
	in, known := instructions[base]
	set := map[isa]string{avx2: "avx2", avx512: "avx512"}[f.isa]
	switch {
	case !known:
		f.fail("%s %v: an unknown instruction", name, operands)
		return
	case in.set != "any" && in.set != set:
		f.fail("%s %v: an instruction of %s in a kernel of %s", name, operands, in.set, set)
	case suffixed && (set != "avx512" || suffix != "Z" && suffix != "BCST"):
		f.fail("%s %v: the suffix %s in a kernel of %s", name, operands, suffix, set)
	}
	want, masked := in.operands, false
	for i, o := range operands {
		masked = masked || i > 0 && i < len(operands)-1 && mask.MatchString(o)
	}
	if masked && base != "VBLENDMPS" {
		want++
	}
	if len(operands) != want {
		f.fail("%s %v: got %d operands, want %d", name, operands, len(operands), want)
	}
	if suffix == "Z" && !masked {
		f.fail("%s %v: zeroing without a mask", name, operands)
	}
	for _, o := range operands {
		f.validateOperand(name, o)
	}
}

// The operands that instructions may have: registers, immediate numbers, memory, labels.
var (
	mask      = regexp.MustCompile(`^K[1-7]$`)
	vector    = regexp.MustCompile(`^([XYZ])(\d+)$`)
	general   = regexp.MustCompile(`^(AX|BX|CX|DX|SI|DI|R8|R9|R1[0-5])$`)
	immediate = regexp.MustCompile(`^\$(-?\d+|0x[0-9a-f]+)$`)
	memory    = regexp.MustCompile(`^(-?\d+|([A-Za-z]\w*)(<>)?(\+\d+)?)?\((\w+)\)(\((\w+)\*[1248]\))?$`)
	target    = regexp.MustCompile(`^[a-z]\w*$`)
)

// pseudo are the registers that only the assembler knows: of symbols, parameters and the instruction
// itself.
var pseudo = []string{"SB", "FP", "PC"}

// validateOperand checks that an operand is well formed and inside the register file, and notes where jumps
// lead.
func (f *function) validateOperand(name, o string) {
	switch {
	case general.MatchString(o) || immediate.MatchString(o):
	case mask.MatchString(o):
		if f.isa != avx512 {
			f.fail("%s: a mask register, %s, without AVX-512", name, o)
		}
	case vector.MatchString(o):
		m := vector.FindStringSubmatch(o)
		if number, _ := strconv.Atoi(m[2]); number >= f.registers || m[1] > f.letter {
			f.fail("%s: no register %s with vectors %s0 to %s%d", name, o, f.letter, f.letter, f.registers-1)
		}
	case memory.MatchString(o):
		m := memory.FindStringSubmatch(o)
		base, index := m[5], m[7]
		known := slices.Contains(pseudo, base) || general.MatchString(base)
		if !known || index != "" && !general.MatchString(index) {
			f.fail("%s: no address %s", name, o)
		}
		if c, found := strings.CutPrefix(m[2], constantPrefix); found && !isConstant(c) {
			f.fail("%s: no constant %q", name, c)
		}
	case strings.HasPrefix(name, "J") && target.MatchString(o):
		f.jumps = append(f.jumps, o)
	default:
		f.fail("%s: an unknown operand, %q", name, o)
	}
}
