TITLE = "fmt"


def measure(work):
    return []
