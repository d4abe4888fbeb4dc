package graphfake

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
)

// reset is the error of a client whose connection the other side dropped.
func reset() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
}

// drop breaks the connection that w writes to: by a reset where it can be
// taken over, else by the way that net/http has for it.
func drop(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0) // so that Close sends a reset
	}
	conn.Close()
}

// announce promises twice the bytes that will be sent.
func announce(h http.Header, body []byte) { h.Set("Content-Length", strconv.Itoa(2*len(body))) }

// brokenBody is a body whose connection breaks at its end.
func brokenBody(body []byte) io.Reader {
	return io.MultiReader(bytes.NewReader(body), brokenReader{})
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
