package datasets

// noise is a source of uniform numbers.
type noise Info

// Noise stands in for data of that kind which are not here: 1,024 samples of uniform numbers
// from Lo to Hi, with every label in turn. It serves what depends on the shape of the data
// alone, such as the time of a training step.
func Noise(info Info) Source {
	info.Count, info.Fingerprint = 1024, ""
	return noise(info)
}

// Info describes the data that noise stands in for.
func (n noise) Info() Info { return Info(n) }

// Read draws sample i.
func (n noise) Read(dst []float32, i int) (int32, error) {
	info := Info(n)
	checkRead(&info, dst, i)
	s := newStream(0, forNoise)
	for k := range dst {
		share := float32(s.uniform(uint64(i)*uint64(len(dst)) + uint64(k)))
		dst[k] = min(n.Hi, n.Lo+share*(n.Hi-n.Lo))
	}
	if n.Classes == 0 {
		return NoLabel, nil
	}
	return int32(i % n.Classes), nil
}
