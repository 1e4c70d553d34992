package smtp

import (
	"slices"
	"testing"
)

func TestExtensions(t *testing.T) {
	all, ok := ExtensionsOf(Switchable...)
	if !ok || !slices.Equal(all.Keywords(), Switchable) {
		t.Errorf("all extensions: %v %v", all.Keywords(), ok)
	}
	for i, want := range []Extensions{
		WithPipelining, WithSize, With8BitMIME, WithEnhancedStatusCodes, WithSMTPUTF8, WithDSN, WithChunking, WithBinaryMIME,
		WithLimits, WithStartTLS, WithAuth,
	} {
		if got, ok := ExtensionsOf(Switchable[i]); got != want || !ok || !all.Has(got) || (all &^ got).Has(got) {
			t.Errorf("%s is %b, want %b", Switchable[i], got, want)
		}
	}
	if _, ok := ExtensionsOf(ExtSize, "XCLIENT"); ok {
		t.Error("XCLIENT can be switched")
	}
}
