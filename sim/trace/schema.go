package trace

import _ "embed"

// Schema is the JSON Schema of what WriteJSON writes: https://json-schema.org/draft/2020-12. It is one file for each
// JSONVersion.
//
//go:embed transcript-1.json
var Schema []byte
