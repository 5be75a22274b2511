"""Each law shown closing, and each rule of it kept: scenarios a lawyer can read."""
