"""One search over everything public, and the index of cases within what an agent may see."""
