"""The agents' screens of cases: thin views, in the shell of ``bocage.desk``; they write through operations only."""
