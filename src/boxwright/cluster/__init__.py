"""Prediction over a cluster: pictures are read, looked at and written as rows by processes on many machines."""
