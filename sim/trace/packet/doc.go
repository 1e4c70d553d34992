// Package packet turns the segments of a trace into Ethernet frames with IPv4 (RFC 791) and TCP (RFC 9293), as captures
// show them: each where and when it was sent, also if it was lost on its way.
//
// A frame is made of what the trace says of a segment, and of what follows from that: the numbers of its octets in the
// stream, and the number up to which the other side's octets had arrived by then. Nothing is made up but what a lab's
// network does not have and a reader of frames expects:
//
//   - Acknowledgements. In the lab they take no time and no segment of their own. Here whatever arrives is acknowledged
//     at that moment: by what its receiver sends then, or else by a frame that does nothing else (Frame.Acks).
//   - The first number of each direction, and IP's identification. They look random and follow from the addresses.
//   - The window: wide open, more than a lab's senders use.
//   - MSS and window scale, in the options of both SYN.
//
// A segment of more octets than an Ethernet carries is one frame nevertheless, and one with valid lengths and checksums:
// so captures show it on a machine that leaves the cutting to its network card. Cut here it would not be what the lab's
// links were busy with, nor one frame for one event.
//
// The package knows no lab. It is told who talks to whom (Talk) and what happened (trace.Event).
package packet
