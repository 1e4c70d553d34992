// Package web is the lab in a browser: it turns requests into views and actions of labs, and errors into answers.
//
// # The map
//
//	routes.go      every URL, one line each
//	handler.go     what a handler is, and how its result becomes a page, a fragment or JSON
//	errors.go      what can go wrong, and the only place where a status is chosen
//	security.go    names we answer to, whose pages may act and watch, response headers
//	limits.go      how much and how often
//	form.go        reading a form within bounds
//	access.go      from an id in a URL to what its bearer may do
//	scene.go       one consistent look at a lab; rows.go and wire.go draw from it
//	find.go        what somebody looks for in a trace; annotate.go what people keep beside it
//	views.go       the views of the trace besides the dialogue; ladder.go, packets.go, state.go and sessions.go draw them
//	lab.go, host.go, compose.go, inbox.go, …   handlers by feature
//	settings.go, service.go, aliases.go        how a PC and the server are set up
//	export.go      what people take home; mails.go, report.go and result.go, too
//	programs.go    how real programs get in, and what is seen of those that did
//	terminal.go, typing.go, answer.go          connections by hand: a PC's terminal, a person in the server's place
//	screen.go, beside.go                       what those show
//	exercise.go, progress.go                   exercises to read, and how far a visitor has come
//	course.go                                  a lab that was made for an exercise, judged as it goes on
//	markdown.go                                what exercises say, as HTML that does nothing
//	live.go        what the websocket and polling say; package live says it
//	ui/            how everything looks
//
// # The life of a page
//
//   - A request for /labs/{lab} passes the guards of routes.go: names, sizes, rates. open asks the runner what the
//     id allows; an unknown one ends here.
//   - The handler takes a scene, one consistent look at the lab while nothing else touches it, and lets go of the
//     lab before it draws anything.
//   - It fills the structs of package ui and draws the page into memory, so that a fault still becomes an honest
//     answer. The page says which event was the newest.
//   - The browser opens the websocket with ?after= and that number. Package live waits for news of the lab and
//     asks for one envelope from there to now: the new rows, drawn by the same component as the first ones, and
//     the few words that the map needs to move.
//   - A click on Send is a POST. The handler makes a lab.Action of the form and returns; that something happened
//     comes back by the websocket, to everybody who watches. What cannot be done is the form again, with 422.
//   - Whoever looks at another view of the trace gets it as a fragment, and again when there is news, at most twice a
//     second: views are small, and drawn whole.
//   - The socket breaks. The browser comes back with the last number it has, and misses nothing. Where sockets do
//     not work it polls, for the same envelopes.
//
// # Authority
//
// Whoever knows the editing id of a lab may act in it, whoever knows the view-only id may watch. The ids are in
// the URLs and nowhere else; the cookie "lab" only remembers which lab "/" leads to and gives no rights to any
// other address. Unknown, foreign and malformed ids get the same answer.
//
// # Without JavaScript, without websockets
//
// Every form is a plain POST that ends in 303 to a page with the result, or in the same page with the mistake
// beside its field. Browser code sends the same requests with the header "X-Fragment: 1" and gets the inner part
// of the same page. Nothing changes by GET, with one exception that the contract states: a person's first visit
// to "/" makes a lab.
//
// # No request ever leaves
//
// The package dials nobody: whatever a mail or a form contains is shown or stored, never fetched.
//
// # Compression
//
// Static files and the theory are compressed; pages of a lab are not. They hold an address that is a key beside
// text that others wrote, and the length of a compressed page tells something of both (BREACH). A lab's page is
// small enough without.
package web
