package ui

// elsewhere is how a result is verified with programs that everybody has: package result says what is signed.
const elsewhere = `jq -cj 'del(.signature)' result.json > signed
jq -r .signature result.json | base64 -d > signature
openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in signed -sigfile signature`

func verdictTone(v Verdict) string {
	if v.Good {
		return "good"
	}
	return "bad"
}
