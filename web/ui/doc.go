// Package ui draws the pages of SMTP Lab. It holds templ components and the plain structs that they draw.
//
// It decides how things look and are worded around the edges, never what is true: a component gets a struct
// with everything already looked up, computed and addressed, and reads no clock, no lab and no request. Text
// that came out of a mail or off the wire goes through Visible, so that control characters and direction
// marks are seen and have no effect.
//
// Every window exists twice: as XWindow, the fragment that the browser code puts in a dialog when it asks with
// the header "X-Fragment: 1", and as XPage, the same thing as a page of its own, which is what works without
// JavaScript.
//
// A row of the trace is drawn by one component, Groups, for the first paint and for the live fragment alike.
package ui
