"""What Odoo is: releases, connection, sandbox."""
