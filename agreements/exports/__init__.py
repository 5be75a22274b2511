"""An agreement in the forms that others ask for; what it does not say is named, never invented."""
