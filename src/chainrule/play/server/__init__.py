"""The playground's server: who may ask (guard), how much (limits), where frames go (channels), what is served (app)."""
