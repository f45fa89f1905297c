"""What reaches the server, and what does not. ASGI middleware, outermost first.

    request_guard   hosts, origins, paths and the size of bodies
    login           sessions of browsers and passwords of programs, where there are users
    login_sessions, login_throttle, credentials    its parts
    user_accounts   names and hashed passwords, read from a file
    collection_gate  which collection a page is of; none that is not there
    idle_timeout    closes connections on which no request arrives

In:  every HTTP request. Out: a rejection, or the request with the name of its user.
"""

__all__ = [
    "collection_gate",
    "credentials",
    "idle_timeout",
    "login",
    "login_sessions",
    "login_throttle",
    "request_guard",
    "user_accounts",
]
