"""The web application: plumbing, then the stages of an examination's life in the order in which things happen.

Plumbing (imports no stage): config db clock errors audit jobs files encryption pages access.
Stages: accounts ◄ registry ◄ authoring ◄ planning ◄ registration ◄ sitting ◄ invigilation ◄ results ◄ analysis ◄ admin ◄ home.
A stage imports, and points foreign keys at, only what stands before it.  `app` and `commands` know every stage.
"""
