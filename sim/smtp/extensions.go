package smtp

import "slices"

// Switchable are the keywords of the extensions that a host can be set to do without.
var Switchable = []string{
	ExtPipelining, ExtSize, Ext8BitMIME, ExtEnhancedStatusCodes, ExtSMTPUTF8, ExtDSN, ExtChunking, ExtBinaryMIME, ExtLimits,
	ExtStartTLS, ExtAuth,
}

// Extensions is a set of those: bit i stands for Switchable[i].
type Extensions uint16

// The bits, for code that asks often.
const (
	WithPipelining Extensions = 1 << iota
	WithSize
	With8BitMIME
	WithEnhancedStatusCodes
	WithSMTPUTF8
	WithDSN
	WithChunking
	WithBinaryMIME
	WithLimits
	WithStartTLS
	WithAuth
)

// ExtensionsOf is the set of the extensions with these keywords, in upper case. ok is false when there is one that cannot
// be switched.
func ExtensionsOf(keywords ...string) (set Extensions, ok bool) {
	for _, k := range keywords {
		i := slices.Index(Switchable, k)
		if i < 0 {
			return 0, false
		}
		set |= 1 << i
	}
	return set, true
}

// Has reports whether all of these are in the set.
func (s Extensions) Has(these Extensions) bool { return s&these == these }

// Keywords lists the set, in the order of Switchable.
func (s Extensions) Keywords() []string {
	var keywords []string
	for i, k := range Switchable {
		if s.Has(1 << i) {
			keywords = append(keywords, k)
		}
	}
	return keywords
}
