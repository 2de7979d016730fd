"""What merchants are told, when it is tried again and how it is signed: values in, values out."""
