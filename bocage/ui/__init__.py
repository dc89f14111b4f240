"""The design system: layout, components, stylesheet, and its living catalogue."""
