"""What the evidence says about the goods: pure rules over entries of an evidence log.

Rules
1. Nothing here reads a clock, a file other than a profile, a socket or a log: facts go in,
   verdicts come out, the same on the gateway and in the independent check.
2. Automation goes one way, from sound to flagged to compromised. Only a person's review goes back.
3. Time about which nothing is known is never counted as good or as bad: it is a doubt.
"""
