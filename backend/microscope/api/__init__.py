"""HTTP and the socket: parse, call one service, render. Knows no mathematics."""
