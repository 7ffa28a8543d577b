"""A service that blocks in accept() and answers who calls; here nobody does.

usage: quiet_service.py PORT       ends on SIGTERM
"""
import signal
import socket
import sys


def answer(conn):
    with conn:
        conn.recv(4096)
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")


def serve(port):
    with socket.create_server(("127.0.0.1", port)) as listener:
        while True:
            conn, _ = listener.accept()
            answer(conn)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
serve(int(sys.argv[1]))
