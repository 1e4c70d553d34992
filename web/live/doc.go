// Package live carries a lab's news from the trace to browsers over websockets. It knows sockets and positions;
// what an envelope says, and how a row looks, is the Source's business.
//
// A hub exists for a lab only while somebody watches it. It waits for news, gathers for about 50 ms, asks its Source once
// for the envelope after a position, and hands the same prepared frame to every watcher at that position.
// Every watcher has one goroutine that reads, one that writes, and a short queue between the hub and the writer.
//
// Positions are event numbers, so order needs no care: an envelope leads from one position to a later one, and
// a watcher is sent the one that starts where it stands. A browser that reconnects says where it stands. A
// watcher whose queue is full is disconnected and resumes from its position: it is never waited for, and
// nothing is skipped on its behalf.
package live
